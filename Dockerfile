# The job of one dataset as a container: the binary that is its Lambda function.
#
#   docker build --build-arg FUNCTION=clinicians --tag carelake-clinicians .
#
# It reads its task from CARELAKE_TASK and answers by CARELAKE_TASK_TOKEN; docs/aws.md has the other variables.

FROM rust:1.95.0-bookworm AS build
ARG FUNCTION
WORKDIR /src
COPY . .
RUN cargo build --profile lambda --locked --package "carelake-${FUNCTION}" --features lambda --bin "${FUNCTION}" \
    && install -D "target/lambda/${FUNCTION}" /out/job \
    && install -d -m 1777 /out/tmp

# Nothing but the C library and the certificates of authorities; no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/job /usr/local/bin/job
# Inputs are copied here. A volume made from it takes over its permissions.
COPY --from=build --chown=65532:65532 /out/tmp /tmp
VOLUME ["/tmp"]
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/job"]
