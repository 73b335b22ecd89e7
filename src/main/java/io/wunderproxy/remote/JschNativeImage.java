package io.wunderproxy.remote;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Registers algorithms, which the library finds by class names in a table. Its extension for Quarkus registers most of them, but
 * not those that came later: Ed25519 and X25519, post-quantum key exchanges, ChaCha20, and what decrypts newer key files. Those
 * that an OpenSSH of today and of ten years ago may want are here.
 */
@RegisterForReflection(
        classNames = {
            "com.jcraft.jsch.DH25519MLKEM768",
            "com.jcraft.jsch.DH25519SNTRUP761",
            "com.jcraft.jsch.DHEC256MLKEM768",
            "com.jcraft.jsch.DHEC384MLKEM1024",
            "com.jcraft.jsch.bc.ChaCha20Poly1305",
            "com.jcraft.jsch.bc.KeyPairGenEdDSA",
            "com.jcraft.jsch.bc.SNTRUP761",
            "com.jcraft.jsch.jce.HMACSHA256SSHCOM",
            "com.jcraft.jsch.jce.KeyPairGenEdDSA",
            "com.jcraft.jsch.jce.MLKEM768",
            "com.jcraft.jsch.jce.MLKEM1024",
            "com.jcraft.jsch.jce.PBKDF2",
            "com.jcraft.jsch.jce.SignatureEd25519",
            "com.jcraft.jsch.jce.SignatureEd448",
            "com.jcraft.jsch.jce.XDH"
        })
final class JschNativeImage {

    private JschNativeImage() {}
}
