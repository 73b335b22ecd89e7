package io.wunderproxy.launchconfig;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket of S3 or of a server that speaks like it. Endpoint, region and credentials are found as every AWS tool finds them:
 * {@code AWS_*} variables, profiles, web identity, the container's or the instance's role; so are the certificate authorities
 * that vouch for it, {@code AWS_CA_BUNDLE}.
 */
final class S3ObjectStore implements ObjectStore {

    /** One attempt is given up after this time, and the whole call, with its retries, after the second. */
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(12);
    private static final int ATTEMPTS = 3;

    private final String bucket;
    private final String keyPrefix;
    private S3Client client;

    /** Opens no connection yet. */
    S3ObjectStore(String bucket, String keyPrefix) {
        this.bucket = bucket;
        this.keyPrefix = keyPrefix;
    }

    /**
     * Made when it is first needed, since an agent that finds its container running can serve without it. It is not the injected
     * one, because commands read the store without a CDI container.
     */
    private synchronized S3Client client() throws StoreException {
        if (client == null) {
            var http = UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(3));
            var authorities = CertificateAuthorities.given();
            authorities.ifPresent(given -> http.tlsTrustManagersProvider(() -> given));
            client = S3Client.builder()
                    .httpClientBuilder(http)
                    // Servers other than AWS' own are seldom reached by a name for each bucket.
                    .forcePathStyle(customEndpoint().isPresent())
                    .overrideConfiguration(o -> o.apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
                            .apiCallTimeout(CALL_TIMEOUT)
                            .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                    .maxAttempts(ATTEMPTS)
                                    .build()))
                    .build();
        }
        return client;
    }

    @Override
    public Optional<byte[]> read(String key, int atMost) throws StoreException {
        var request =
                GetObjectRequest.builder().bucket(bucket).key(keyPrefix + key).build();
        try {
            var content = client().getObject(request, (response, in) -> {
                try {
                    var bytes = in.readNBytes(atMost);
                    if (bytes.length < Math.min(atMost, response.contentLength())) {
                        throw RetryableException.create("the answer ended after " + bytes.length + " of "
                                + response.contentLength() + " bytes");
                    }
                    return bytes;
                } catch (IOException e) {
                    throw RetryableException.create("the answer broke off", e);
                }
            });
            return Optional.of(content);
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (S3Exception e) {
            throw new StoreException("cannot read " + locate(key) + ": " + reason(e), e);
        } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException | AbortedException e) {
            throw new StoreException(
                    "cannot read " + locate(key) + ": no complete answer within " + CALL_TIMEOUT.toSeconds() + " s", e);
        } catch (SdkException e) {
            throw new StoreException("cannot read " + locate(key) + ": " + firstLine(e), e);
        }
    }

    @Override
    public String locate(String key) {
        return "s3://" + bucket + "/" + keyPrefix + key;
    }

    private String reason(S3Exception e) {
        var code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return switch (e.statusCode()) {
            case 403 ->
                "access denied (403" + (code == null ? "" : ", " + code)
                        + "); check the credentials and the policy of this host";
            case 404 -> "there is no bucket " + bucket;
            default -> "the store answered " + e.statusCode() + (code == null ? "" : " (" + code + ")");
        };
    }

    /** The innermost message is the one that says why: the SDK wraps it in "Unable to execute HTTP request". */
    private static String firstLine(SdkException e) {
        Throwable cause = e;
        while (cause instanceof SdkClientException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        var message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return message.lines().findFirst().orElse(message);
    }

    private static Optional<URI> customEndpoint() {
        for (var variable : new String[] {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
            var value = System.getenv(variable);
            if (value != null && !value.isBlank()) {
                return Optional.of(URI.create(value));
            }
        }
        return Optional.empty();
    }
}
