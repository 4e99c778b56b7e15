"""A door for partners' people: their party's webhooks in a browser, by a link and without an account.

Behind the door stand the queries and commands of /v1, called as the party: what a partner does not see there it does
not see here, whatever a view forgets.
"""
