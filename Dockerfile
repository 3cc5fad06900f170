# The compiler runs on the architecture of the machine and compiles for that of the image: emulated, a
# release build takes hours.
FROM --platform=$BUILDPLATFORM rust:1.95-slim-bookworm AS build

ARG TARGETARCH
# The newest bundle of certificates on purpose: withdrawn ones must not be pinned.
# hadolint ignore=DL3008,SC2086
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu cross="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;; \
      arm64) target=aarch64-unknown-linux-gnu cross="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; \
      *) echo "no build for ${TARGETARCH:-an unknown architecture}" >&2; exit 64 ;; \
    esac \
    && echo "$target" >/target \
    && if [ "$TARGETARCH" = "$(dpkg --print-architecture)" ]; then cross=; else rustup target add "$target"; fi \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates $cross \
    && rm -rf /var/lib/apt/lists/*

# A static binary without musl. `--target` keeps the flags away from build scripts and macros, which
# cannot be static. The backend is the system call: getrandom's default looks it up at run time, finds
# nothing in a static binary, and needs /dev/urandom.
ENV RUSTFLAGS="-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\"" \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
WORKDIR /build
COPY . .
# For `--version` and ovhcloud_exporter_build_info; `unknown` by default.
ARG OVHCLOUD_EXPORTER_REVISION
ARG OVHCLOUD_EXPORTER_BRANCH
# The caches keep the dependencies over changes of Cargo.lock. Cargo compares times: `touch` lets it see
# the sources of another checkout, which can be older than the cached build.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    target="$(cat /target)" \
    && touch src/lib.rs src/main.rs simulator/src/lib.rs \
    && cargo build --release --locked --target "$target" \
    && cp "target/$target/release/ovhcloud-exporter" /ovhcloud-exporter \
    && packaging/notices.sh "$target" >/THIRD-PARTY-NOTICES \
    && install -d -o 65532 -g 65532 -m 0700 /state/ovhcloud-exporter

FROM scratch
ARG OVHCLOUD_EXPORTER_VERSION
ARG OVHCLOUD_EXPORTER_REVISION
ARG OVHCLOUD_EXPORTER_CREATED
ARG OVHCLOUD_EXPORTER_SOURCE
LABEL org.opencontainers.image.title="ovhcloud-exporter" \
      org.opencontainers.image.description="Prometheus exporter for OVHcloud identity, access and Public Cloud inventory" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$OVHCLOUD_EXPORTER_VERSION" \
      org.opencontainers.image.revision="$OVHCLOUD_EXPORTER_REVISION" \
      org.opencontainers.image.created="$OVHCLOUD_EXPORTER_CREATED" \
      org.opencontainers.image.source="$OVHCLOUD_EXPORTER_SOURCE" \
      org.opencontainers.image.documentation="$OVHCLOUD_EXPORTER_SOURCE"
COPY LICENSE NOTICE /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /state /var/lib
COPY --from=build /ovhcloud-exporter /THIRD-PARTY-NOTICES /
# One arena of glibc's malloc: all threads reuse the memory that one of them frees.
ENV MALLOC_ARENA_MAX=1
USER 65532:65532
VOLUME /var/lib/ovhcloud-exporter
EXPOSE 10045
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/ovhcloud-exporter", "healthcheck"]
ENTRYPOINT ["/ovhcloud-exporter"]
