"""LTI 1.3: a learning platform (Canvas, Moodle, …) opens assignments here, and is told the scores.

A launch is believed when a platform that the administrator registered signed it, for us, just now and once
(`launches`). What it says is read into a `Message` (`messages`) and made into people and links (`people`, `links`);
what goes to the platform is asked for with a token of its own (`services`): its roster (`roster`), scores (`passback`).
JSON Web Tokens are joserfc's and connections urllib3's; there is no library of LTI that is kept and checks whom an
id_token is meant for.
"""
