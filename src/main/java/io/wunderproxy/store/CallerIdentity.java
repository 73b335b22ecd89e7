package io.wunderproxy.store;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.sts.StsClient;

/** The user, as AWS knows them. */
public final class CallerIdentity {

    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private CallerIdentity() {}

    /** The ARN of the caller; empty when AWS does not say it within 3 seconds, or the store is not one of AWS. */
    public static Optional<String> ofAws() {
        try {
            var http = UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(2));
            var authorities = CertificateAuthorities.given();
            authorities.ifPresent(given -> http.tlsTrustManagersProvider(() -> given));
            try (var sts = StsClient.builder()
                    .httpClientBuilder(http)
                    .overrideConfiguration(o -> o.apiCallTimeout(TIMEOUT).apiCallAttemptTimeout(TIMEOUT))
                    .build()) {
                return Optional.ofNullable(sts.getCallerIdentity().arn());
            }
        } catch (SdkException | UncheckedIOException | StoreException e) {
            return Optional.empty();
        }
    }
}
