"""The recorded cases of the GraphQL dialect, replayed on SQLite.

The corpus and its runner are not part of this repository; they stand beside it (`corpus.py` finds them). What is here
translates a group's PostgreSQL set-up into a SQLite database with a configuration and rules, and runs its cases.
"""
