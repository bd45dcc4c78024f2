"""The service from afar: `gradient-grader login`, `submit`, `report` and `logout`.

It speaks to a service over HTTP only, and needs nothing of the service's own libraries: a student's laptop starts it as
fast as `check`. Python's own HTTP client is enough, since one request at a time is sent and what is hard, trying again
without handing in twice, is a matter of keys and not of libraries.
"""
