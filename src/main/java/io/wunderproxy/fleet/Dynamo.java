package io.wunderproxy.fleet;

import io.wunderproxy.store.AwsFailure;
import io.wunderproxy.store.CertificateAuthorities;
import io.wunderproxy.store.StoreException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/**
 * DynamoDB, or a server that speaks like it. Endpoint, region and credentials are found as every AWS tool finds them, as are the
 * certificate authorities that vouch for it. Calls block for a bounded time, retries included. From any thread.
 */
final class Dynamo implements AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(8);
    private static final int ATTEMPTS = 4;

    private static final Set<String> DENIED = Set.of(
            "AccessDeniedException",
            "UnrecognizedClientException",
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "ExpiredTokenException",
            "InvalidClientTokenId");

    private static final Set<String> THROTTLED =
            Set.of("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded");

    private final Optional<URI> endpoint;
    private final DoubleAdder reads = new DoubleAdder();
    private final DoubleAdder writes = new DoubleAdder();
    private DynamoDbClient client;

    private Dynamo(Optional<URI> endpoint) {
        this.endpoint = endpoint;
    }

    /** The one that the environment names. Opens no connection yet. */
    static Dynamo ofEnvironment() {
        return new Dynamo(Optional.empty());
    }

    /** One that takes any credentials. */
    static Dynamo at(URI endpoint) {
        return new Dynamo(Optional.of(endpoint));
    }

    /** Made when it is first needed. It is not the injected one, because commands have no CDI container. */
    private synchronized DynamoDbClient client() throws FleetException {
        if (client == null) {
            var http = UrlConnectionHttpClient.builder()
                    .connectionTimeout(CONNECT_TIMEOUT)
                    .socketTimeout(ATTEMPT_TIMEOUT);
            try {
                CertificateAuthorities.given().ifPresent(given -> http.tlsTrustManagersProvider(() -> given));
            } catch (StoreException e) {
                throw new FleetException(e.getMessage(), e);
            }
            var builder = DynamoDbClient.builder()
                    .httpClientBuilder(http)
                    .overrideConfiguration(o -> o.apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
                            .apiCallTimeout(CALL_TIMEOUT)
                            .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                    .maxAttempts(ATTEMPTS)
                                    .build()));
            endpoint.ifPresent(given -> builder.endpointOverride(given)
                    .region(Region.US_EAST_1)
                    .credentialsProvider(
                            StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"))));
            client = builder.build();
        }
        return client;
    }

    /**
     * Makes a call. It may be done twice, when the response to the first attempt was lost.
     *
     * @param what begins the message if it fails: {@code "cannot read ..."}
     * @param table the table that it is about
     * @throws ConditionalCheckFailedException as it is
     */
    <T> T call(String what, String table, Function<DynamoDbClient, T> call) throws FleetException {
        var from = System.nanoTime();
        for (var attempt = 1; ; attempt++) {
            try {
                return call.apply(client());
            } catch (ConditionalCheckFailedException e) {
                throw e;
            } catch (SdkException e) {
                throw failure(what, table, e);
            } catch (RuntimeException e) {
                // The SDK does not repeat these: its client throws what the JDK's does when a connection breaks under a
                // body,
                // or is cut off because the attempt took too long.
                if (attempt == ATTEMPTS || System.nanoTime() - from > CALL_TIMEOUT.toNanos()) {
                    throw new FleetException(
                            what + ": the connection to DynamoDB broke: " + firstLine(String.valueOf(e.getMessage())),
                            e);
                }
            }
        }
    }

    void read(ConsumedCapacity consumed) {
        if (consumed != null) {
            reads.add(consumed.capacityUnits());
        }
    }

    void wrote(ConsumedCapacity consumed) {
        if (consumed != null) {
            writes.add(consumed.capacityUnits());
        }
    }

    /** The capacity that all calls together took until now. */
    ConsumedUnits consumed() {
        return new ConsumedUnits(reads.sum(), writes.sum());
    }

    private static FleetException failure(String what, String table, SdkException e) {
        return switch (e) {
            case ResourceNotFoundException gone ->
                new FleetException.NotFound(
                        what + ": there is no table " + table
                                + " in this region and account; 'wunderproxy table create' makes one",
                        e);
            case DynamoDbException refused -> refusal(what, refused);
            case ApiCallTimeoutException late -> tooLate(what, e);
            case ApiCallAttemptTimeoutException late -> tooLate(what, e);
            case AbortedException late -> tooLate(what, e);
            default -> new FleetException(what + ": " + AwsFailure.reason(e, "cannot reach DynamoDB: "), e);
        };
    }

    private static FleetException refusal(String what, DynamoDbException e) {
        var details = e.awsErrorDetails();
        var code = details == null || details.errorCode() == null ? "" : details.errorCode();
        var message = details == null || details.errorMessage() == null ? e.getMessage() : details.errorMessage();
        if (DENIED.contains(code) || e.statusCode() == 403) {
            return new FleetException.Denied(
                    what + ": access denied (" + code + "); check the credentials and their policy", e);
        }
        if (THROTTLED.contains(code)) {
            return new FleetException(
                    what + ": more was asked than the throughput of the table allows (" + code
                            + "); raise it, or bill on demand",
                    e);
        }
        if (e.statusCode() == 400) {
            return new FleetException.Invalid(what + ": DynamoDB refused it: " + firstLine(message), e);
        }
        return new FleetException(what + ": DynamoDB responded with " + e.statusCode() + " (" + code + ")", e);
    }

    private static FleetException tooLate(String what, SdkException e) {
        return new FleetException(what + ": no response from DynamoDB within " + CALL_TIMEOUT.toSeconds() + " s", e);
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse(message);
    }

    @Override
    public synchronized void close() {
        if (client != null) {
            client.close();
        }
    }
}
