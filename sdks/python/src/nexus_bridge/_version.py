"""The SDK's version, as the router sees it."""

VERSION = "0.0.0"
