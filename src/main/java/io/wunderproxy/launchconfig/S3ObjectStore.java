package io.wunderproxy.launchconfig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
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

    /** The version that no object has. */
    private static final String NO_VERSION = "\"no object has this version\"";

    /** What S3 answers when the object is not the one that was expected, is gone, or is being written by somebody else. */
    private static final Set<Integer> CONFLICT = Set.of(404, 409, 412);

    /** The last of these: it may yet turn out that the other one's write fails. */
    private static final int BEING_WRITTEN = 409;

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
                    // Others than AWS' own know few of its checksums; configurations are named by a digest anyway.
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
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
    public Optional<StoredObject> read(String key, int atMost) throws StoreException {
        var request =
                GetObjectRequest.builder().bucket(bucket).key(keyPrefix + key).build();
        try {
            return Optional.of(client().getObject(request, (response, in) -> {
                try {
                    var bytes = in.readNBytes(atMost);
                    if (bytes.length < Math.min(atMost, Objects.requireNonNullElse(response.contentLength(), 0L))) {
                        throw RetryableException.create("the answer ended after " + bytes.length + " of "
                                + response.contentLength() + " bytes");
                    }
                    return new StoredObject(bytes, response.eTag(), response.lastModified());
                } catch (IOException e) {
                    throw RetryableException.create("the answer broke off", e);
                }
            }));
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw failure("cannot read " + locate(key), e);
        }
    }

    @Override
    public boolean write(String key, byte[] content, Optional<String> expected) throws StoreException {
        var request =
                PutObjectRequest.builder().bucket(bucket).key(keyPrefix + key).contentType("application/json");
        expected.ifPresentOrElse(request::ifMatch, () -> request.ifNoneMatch("*"));
        try {
            put(key, request.build(), content);
            return true;
        } catch (SdkException e) {
            if (!(e instanceof S3Exception refused) || !CONFLICT.contains(refused.statusCode())) {
                throw failure("cannot write " + locate(key), e);
            }
            // An attempt whose answer was lost may have succeeded before the one that was refused.
            return read(key, content.length + 1)
                    .filter(now -> Arrays.equals(now.content(), content))
                    .isPresent();
        }
    }

    /** Asks for what can't succeed: only who may write is told so. */
    @Override
    public void checkWritable(String key) throws StoreException {
        try {
            client().putObject(put -> put.bucket(bucket).key(keyPrefix + key).ifMatch(NO_VERSION), RequestBody.empty());
        } catch (SdkException e) {
            if (e instanceof S3Exception refused && CONFLICT.contains(refused.statusCode())) {
                return;
            }
            throw failure("cannot write " + locate(key), e);
        }
        throw new StoreException(
                "the store does not heed If-Match, without which two people would overwrite each other");
    }

    /** Repeats what the SDK does not: its client throws a connection that breaks under a body as it is. */
    private void put(String key, PutObjectRequest request, byte[] content) throws StoreException {
        for (var attempt = 1; ; attempt++) {
            try {
                client().putObject(request, RequestBody.fromBytes(content));
                return;
            } catch (S3Exception e) {
                if (e.statusCode() != BEING_WRITTEN || attempt == ATTEMPTS) {
                    throw e;
                }
            } catch (UncheckedIOException e) {
                if (attempt == ATTEMPTS) {
                    throw new StoreException(
                            "cannot write " + locate(key) + ": " + e.getCause().getMessage(), e);
                }
            }
        }
    }

    private StoreException failure(String what, SdkException e) {
        return switch (e) {
            case S3Exception refused
            when refused.statusCode() == 403 -> new StoreException.Denied(what + ": " + reason(refused), e);
            case S3Exception refused -> new StoreException(what + ": " + reason(refused), e);
            case ApiCallTimeoutException late -> tooLate(what, e);
            case ApiCallAttemptTimeoutException late -> tooLate(what, e);
            case AbortedException late -> tooLate(what, e);
            default -> new StoreException(what + ": " + firstLine(e), e);
        };
    }

    private static StoreException tooLate(String what, SdkException e) {
        return new StoreException(what + ": no complete answer within " + CALL_TIMEOUT.toSeconds() + " s", e);
    }

    /** Every answer has a date, even that to a request which is refused for its own. */
    @Override
    public Optional<Instant> time() {
        SdkHttpResponse answer;
        try {
            answer = client().headBucket(
                            HeadBucketRequest.builder().bucket(bucket).build())
                    .sdkHttpResponse();
        } catch (S3Exception e) {
            answer = e.awsErrorDetails() == null ? null : e.awsErrorDetails().sdkHttpResponse();
        } catch (SdkException | StoreException e) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(answer)
                    .flatMap(a -> a.firstMatchingHeader("Date"))
                    .map(date -> DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
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
                "access denied (403" + (code == null ? "" : ", " + code) + "); check the credentials and their policy";
            case 404 -> "there is no bucket " + bucket;
            case 501 ->
                "the store does not know conditional writes (501), without which two people would overwrite each other";
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
        if (message.startsWith("Unable to load region")) {
            return "no region is known; set AWS_REGION";
        }
        if (message.startsWith("Unable to load credentials")) {
            return "no credentials are known; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        }
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
