import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/**
 * Writes the certificate authorities in a PEM file as a store that a JDK trusts, {@code lib/security/cacerts}:
 * {@code CertificateStore PEM-FILE STORE}. The store has the usual password, which protects nothing.
 */
final class CertificateStore {

    public static void main(String[] arguments) throws Exception {
        var store = KeyStore.getInstance("JKS");
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(Path.of(arguments[0]))) {
            int number = 0;
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + ++number, authority);
            }
        }
        try (OutputStream file = Files.newOutputStream(Path.of(arguments[1]))) {
            store.store(file, "changeit".toCharArray());
        }
    }
}
