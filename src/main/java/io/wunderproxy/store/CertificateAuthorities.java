package io.wunderproxy.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Files of PEM certificates that are trusted instead of the authorities of the Java runtime. The AWS SDK for Java does not read
 * the one that {@code AWS_CA_BUNDLE} names itself.
 */
public final class CertificateAuthorities {

    private static final String VARIABLE = "AWS_CA_BUNDLE";

    private CertificateAuthorities() {}

    /**
     * Trusts these authorities alone.
     *
     * @return empty if the variable is not set
     */
    public static Optional<TrustManager[]> given() throws StoreException {
        var file = System.getenv(VARIABLE);
        if (file == null || file.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(trust(Path.of(file)));
        } catch (IOException e) {
            throw new StoreException(VARIABLE + ": " + e.getMessage(), e);
        }
    }

    /**
     * Trusts the authorities in this file alone.
     *
     * @throws IOException if it can't be read or has none; the message names the file
     */
    public static TrustManager[] trust(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry(Integer.toString(store.size()), certificate);
            }
            if (store.size() == 0) {
                throw new IOException("it has none");
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException("cannot read certificates from " + file + ": " + e.getMessage(), e);
        }
    }
}
