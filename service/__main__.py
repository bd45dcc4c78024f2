"""`python -m service web|worker|beat|passback|migrate|secrets|admin`: one process or command of the service."""

from service.command import processes

processes(prog_name="python -m service")
