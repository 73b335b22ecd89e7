package io.wunderproxy.launchconfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** The file of PEM certificates that {@code AWS_CA_BUNDLE} names, which the AWS SDK for Java does not read itself. */
final class CertificateAuthorities {

    private static final String VARIABLE = "AWS_CA_BUNDLE";

    private CertificateAuthorities() {}

    /**
     * Trusts these authorities alone.
     *
     * @return empty if the variable is not set
     */
    static Optional<TrustManager[]> given() throws StoreException {
        var file = System.getenv(VARIABLE);
        if (file == null || file.isBlank()) {
            return Optional.empty();
        }
        try (var in = Files.newInputStream(Path.of(file))) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry(Integer.toString(store.size()), certificate);
            }
            if (store.size() == 0) {
                throw new StoreException(VARIABLE + ": " + file + " has no certificates", null);
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return Optional.of(factory.getTrustManagers());
        } catch (IOException | GeneralSecurityException e) {
            throw new StoreException(VARIABLE + ": cannot read certificates from " + file + ": " + e.getMessage(), e);
        }
    }
}
