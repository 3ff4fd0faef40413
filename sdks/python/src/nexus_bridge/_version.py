"""The SDK's version, as the router sees it."""

__version__ = "0.0.0"
