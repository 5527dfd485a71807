"""OpenSSL: hashes with the processor's instructions, and TLS 1.2 and 1.3."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .step import Step

NEEDS: tuple[str, ...] = ()

_PLATFORMS = {"x86_64-linux-gnu": "linux-x86_64", "aarch64-linux-gnu": "linux-aarch64"}
_LEFT_OUT = """
    apps docs dso engine legacy makedepend module shared static-engine tests
    dtls nextprotoneg quic srp srtp ssl3 ssl3-method tls1 tls1-method tls1_1 tls1_1-method unstable-qlog
    argon2 aria bf camellia cast des dsa ec2m gost idea md4 mdc2 ml-dsa rc2 rc4 rmd160 seed siv slh-dsa sm2 sm3 sm4 whirlpool
    async autoload-config cmp cms comp ct filenames rfc3779 thread-pool ts ui-console
"""
# The systems' folder of certificates: Debian, Fedora, Alpine and SUSE all have /etc/ssl/certs.
_CERTIFICATES = "/etc/ssl"


def build(step: Step) -> None:
    """Compile `lib/libcrypto.a` and `lib/libssl.a`, with their headers in `include`.

    The library contains the compiler flags as text, so these have no paths; its makefile compiles by relative paths.
    """
    flags = "-O2 -g0 -fPIE -ffunction-sections -fdata-sections"
    options = [f"no-{name}" for name in _LEFT_OUT.split()]
    tools = [f"{name}={value}" for name, value in step.tools().items() if name in ("CC", "AR", "RANLIB")]
    places = ["--prefix=/usr", f"--openssldir={_CERTIFICATES}"]
    platform = _PLATFORMS[step.toolchain.triple]
    step.run("perl", "Configure", platform, *options, *places, *tools, "ARFLAGS=rcD", f"CFLAGS={flags}")
    step.run("make", f"-j{step.jobs}", "build_generated")
    step.run("make", f"-j{step.jobs}", "libcrypto.a", "libssl.a")
    shutil.copytree(
        step.source / "include", step.result / "include", ignore=shutil.ignore_patterns("*.in", "internal", "crypto")
    )
    (step.result / "lib").mkdir()
    for name in ("libcrypto.a", "libssl.a"):
        shutil.copyfile(step.source / name, step.result / "lib" / name)
