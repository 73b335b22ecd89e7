package io.wunderproxy.store;

import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.awscore.endpoint.AwsClientEndpointProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * The way to a bucket of S3 or of a server that speaks like it. Endpoint, region and credentials are found as every AWS tool
 * finds them: {@code AWS_*} variables, profiles, web identity, the container's or the instance's role; so are the certificate
 * authorities that vouch for it, {@code AWS_CA_BUNDLE}.
 */
public final class S3Access {

    /** How often a call is made before it has failed. */
    public static final int ATTEMPTS = 3;

    /** One attempt is given up after this time, and the whole call, with its retries, after the second. */
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(12);

    private final String bucket;
    private S3Client client;
    private S3Presigner presigner;

    /** Opens no connection yet. */
    public S3Access(String bucket) {
        this.bucket = bucket;
    }

    /** The name of the bucket. */
    public String bucket() {
        return bucket;
    }

    /**
     * Made when it is first needed, since an agent that finds its container running can serve without it. It is not the injected
     * one, because commands read the store without a CDI container.
     *
     * @throws StoreException if the certificate authorities can't be read
     */
    public synchronized S3Client client() throws StoreException {
        if (client == null) {
            var http = UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(3));
            var authorities = CertificateAuthorities.given();
            authorities.ifPresent(given -> http.tlsTrustManagersProvider(() -> given));
            client = S3Client.builder()
                    .httpClientBuilder(http)
                    // Others than AWS' own know few of its checksums; what is kept is named by a digest anyway.
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .serviceConfiguration(service())
                    .overrideConfiguration(o -> o.apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
                            .apiCallTimeout(CALL_TIMEOUT)
                            .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                    .maxAttempts(ATTEMPTS)
                                    .build()))
                    .build();
        }
        return client;
    }

    /** Signs addresses for those who have no credentials of their own. */
    public synchronized S3Presigner presigner() {
        if (presigner == null) {
            var builder = S3Presigner.builder().serviceConfiguration(service());
            otherEndpoint().ifPresent(builder::endpointOverride);
            presigner = builder.build();
        }
        return presigner;
    }

    /** A call of S3. */
    public interface Call<T> {
        T make() throws StoreException;
    }

    /**
     * Makes a call, and repeats what the SDK does not: its client throws what the JDK's does when a connection breaks under a body,
     * or is cut off because the attempt took too long.
     *
     * @param what begins the message if it fails: {@code "cannot read ..."}
     * @throws SdkException as it is
     */
    public <T> T call(String what, Call<T> call) throws StoreException {
        return call(what, CALL_TIMEOUT, call);
    }

    /**
     * Makes a call that may take longer.
     *
     * @param within after that it is no longer repeated
     */
    public <T> T call(String what, Duration within, Call<T> call) throws StoreException {
        var from = System.nanoTime();
        for (var attempt = 1; ; attempt++) {
            try {
                return call.make();
            } catch (SdkException e) {
                throw e;
            } catch (RuntimeException e) {
                if (attempt == ATTEMPTS || System.nanoTime() - from > within.toNanos()) {
                    var cause = e instanceof UncheckedIOException io ? io.getCause() : e;
                    throw new StoreException(
                            what + ": "
                                    + (cause.getMessage() == null ? "the connection broke off" : cause.getMessage()),
                            e);
                }
            }
        }
    }

    /** Describes a failed call in words. */
    public StoreException failure(String what, SdkException e) {
        return switch (e) {
            case S3Exception refused
            when refused.statusCode() == 403 -> new StoreException.Denied(what + ": " + reason(refused), e);
            case S3Exception refused -> new StoreException(what + ": " + reason(refused), e);
            case ApiCallTimeoutException late -> tooLate(what, e);
            case ApiCallAttemptTimeoutException late -> tooLate(what, e);
            case AbortedException late -> tooLate(what, e);
            default -> new StoreException(what + ": " + AwsFailure.reason(e, ""), e);
        };
    }

    private static StoreException tooLate(String what, SdkException e) {
        return new StoreException(what + ": no complete response within " + CALL_TIMEOUT.toSeconds() + " s", e);
    }

    private String reason(S3Exception e) {
        var code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return switch (e.statusCode()) {
            case 403 ->
                "access denied (403" + (code == null ? "" : ", " + code) + "); check the credentials and their policy";
            case 404 ->
                "NoSuchBucket".equals(code)
                        ? "there is no bucket " + bucket
                        : "there is no bucket " + bucket + ", or what responds there is no store of this kind (404"
                                + (code == null ? "" : ", " + code) + ")";
            case 501 ->
                "the store does not know conditional writes (501), without which two people would overwrite each other";
            default -> "the store responded with " + e.statusCode() + (code == null ? "" : " (" + code + ")");
        };
    }

    /** Settings that servers other than AWS' own can be expected to know. */
    private static S3Configuration service() {
        var other = otherEndpoint().isPresent();
        return S3Configuration.builder()
                // They are seldom reached by a name for each bucket.
                .pathStyleAccessEnabled(other)
                // Some keep the signatures between the chunks as if they were content.
                .chunkedEncodingEnabled(!other)
                .build();
    }

    /** Where another server than AWS' own is, if the user has named one: by a variable, or in the profile. */
    private static Optional<URI> otherEndpoint() {
        var endpoint = AwsClientEndpointProvider.builder()
                .serviceEndpointOverrideEnvironmentVariable("AWS_ENDPOINT_URL_S3")
                .serviceEndpointOverrideSystemProperty("aws.endpointUrlS3")
                .serviceProfileProperty("s3")
                // What it would be otherwise is of no interest here.
                .serviceEndpointPrefix("s3")
                .defaultProtocol("https")
                .region(Region.US_EAST_1)
                .build();
        return endpoint.isEndpointOverridden() ? Optional.of(endpoint.clientEndpoint()) : Optional.empty();
    }
}
