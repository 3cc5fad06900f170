FROM rust:1.95-slim-bookworm AS build

# The newest bundle on purpose: certificates that were withdrawn must not be pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*

# A static binary without musl. `--target` keeps the flags away from build scripts and macros, which
# cannot be static. The backend is the system call: getrandom's default looks it up at run time, finds
# nothing in a static binary, and needs /dev/urandom.
ENV RUSTFLAGS="-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\""
WORKDIR /build

# The dependencies alone, as a layer that stays until a manifest changes. The placeholder sources are
# removed with their build results; otherwise cargo would consider them newer than the real ones.
COPY Cargo.toml Cargo.lock ./
COPY simulator/Cargo.toml simulator/
RUN mkdir -p src simulator/src \
    && touch src/lib.rs simulator/src/lib.rs \
    && echo 'fn main() {}' > src/main.rs \
    && target="$(rustc --print host-tuple)" \
    && cargo build --release --locked --target "$target" \
    && cargo clean --release --locked --target "$target" -p ovhcloud-exporter -p ovhcloud-simulator \
    && rm -r src simulator/src

COPY data data
COPY templates templates
COPY src src
COPY simulator/src simulator/src
# For `--version` and ovhcloud_exporter_build_info; `unknown` by default.
ARG OVHCLOUD_EXPORTER_REVISION
ARG OVHCLOUD_EXPORTER_BRANCH
RUN target="$(rustc --print host-tuple)" \
    && cargo build --release --locked --target "$target" \
    && cp "target/$target/release/ovhcloud-exporter" /ovhcloud-exporter \
    && /ovhcloud-exporter --version

FROM scratch
LABEL org.opencontainers.image.title="ovhcloud-exporter" \
      org.opencontainers.image.description="Prometheus exporter for OVHcloud identity, access and Public Cloud inventory" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE NOTICE /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /ovhcloud-exporter /ovhcloud-exporter
USER 65532:65532
EXPOSE 10045
ENTRYPOINT ["/ovhcloud-exporter"]
