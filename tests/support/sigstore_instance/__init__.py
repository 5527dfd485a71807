"""A Sigstore instance on the loopback interface, for tests: CA, CT log, transparency logs v1 and v2, timestamp authority.

Keys live in memory and every instance is a root of trust of its own. Tokens are taken as they come, without a look at
their signature, which is what makes signing work where there is no internet.
"""

from support.sigstore_instance.instance import Instance

__all__ = ["Instance"]
