# The functions of one room as a container: the binary that Lambda runs.
#
#   docker build --build-arg ROOM=monthly --tag carelake-monthly .
#
# CARELAKE_FUNCTION says which function it is. It reads its task from CARELAKE_TASK and answers by CARELAKE_TASK_TOKEN;
# docs/aws.md has the other variables.

FROM rust:1.95.0-bookworm AS build
ARG ROOM
WORKDIR /src
COPY . .
RUN cargo build --profile lambda --locked --package "carelake-${ROOM}" --features lambda --bin "${ROOM}" \
    && install -D "target/lambda/${ROOM}" /out/job \
    && install -d -m 1777 /out/tmp

# Nothing but the C library and the certificates of authorities; no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/job /usr/local/bin/job
# Inputs are copied here. A volume made from it takes over its permissions.
COPY --from=build --chown=65532:65532 /out/tmp /tmp
VOLUME ["/tmp"]
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/job"]
