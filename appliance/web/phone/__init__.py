"""The phone page's routes and what they show."""
