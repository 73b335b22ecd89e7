package io.wunderproxy.container;

import com.github.dockerjava.transport.SSLConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyManagementException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;

/**
 * The files that Docker's clients use for an engine over TLS: {@code ca.pem}, {@code cert.pem} and {@code key.pem} in
 * {@code DOCKER_CERT_PATH}. docker-java's own reader of them needs the provider of Bouncy Castle, which finds its parts by name
 * and so has none in a native image; this one needs only its parser of PEM.
 */
record EngineCertificates(Path directory) implements SSLConfig {

    private static final char[] NO_PASSWORD = {};

    @Override
    public SSLContext getSSLContext()
            throws KeyManagementException, UnrecoverableKeyException, NoSuchAlgorithmException, KeyStoreException {
        try {
            var own = store();
            own.setKeyEntry("client", key("key.pem"), NO_PASSWORD, certificates("cert.pem"));
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, NO_PASSWORD);

            var authorities = store();
            for (var certificate : certificates("ca.pem")) {
                authorities.setCertificateEntry(Integer.toString(authorities.size()), certificate);
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities);

            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new KeyStoreException("cannot use the certificates in " + directory + ": " + e.getMessage(), e);
        }
    }

    private static KeyStore store() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private Certificate[] certificates(String file) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(directory.resolve(file))) {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .toArray(Certificate[]::new);
        }
    }

    /** The first private key in the file: a section of another kind, such as the parameters of a curve, may precede it. */
    private PrivateKey key(String file) throws IOException, GeneralSecurityException {
        try (var pem = new PEMParser(Files.newBufferedReader(directory.resolve(file)))) {
            for (var part = pem.readObject(); part != null; part = pem.readObject()) {
                var key =
                        switch (part) {
                            case PEMKeyPair pair -> pair.getPrivateKeyInfo();
                            case PrivateKeyInfo info -> info;
                            default -> null;
                        };
                if (key != null) {
                    return KeyFactory.getInstance(
                                    key.getPrivateKeyAlgorithm().getAlgorithm().getId())
                            .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
                }
            }
        }
        throw new IOException(file + " has no private key that is not encrypted");
    }
}
