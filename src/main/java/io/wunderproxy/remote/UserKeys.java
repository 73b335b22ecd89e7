package io.wunderproxy.remote;

import com.jcraft.jsch.AgentIdentityRepository;
import com.jcraft.jsch.Identity;
import com.jcraft.jsch.IdentityRepository;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.SSHAgentConnector;
import com.jcraft.jsch.USocketFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Vector;

/** The keys that the user may log in with, in the order in which they are offered: those asked for, the agent's, the home's. */
final class UserKeys implements IdentityRepository {

    private final Vector<Identity> identities = new Vector<>();
    private final List<String> tried = new ArrayList<>();

    UserKeys(SshConfig.Login login, SshOptions options) throws SshException {
        var asked = new ArrayList<Identity>();
        for (var file : options.keys()) {
            if (!Files.isReadable(file)) {
                throw new SshException(file + ": " + (Files.exists(file) ? "cannot be read" : "no such key file"));
            }
            asked.addAll(load(file, options));
        }
        var ofTheHome = new ArrayList<Identity>();
        for (var file : login.keyFiles()) {
            if (Files.isReadable(file)) {
                try {
                    ofTheHome.addAll(load(file, options));
                } catch (SshException e) {
                    // The user did not name this one.
                    tried.add(e.getMessage());
                }
            }
        }
        identities.addAll(asked);
        login.agent().ifPresent(socket -> addThoseOf(socket, login.noOtherKeys(), ofTheHome));
        identities.addAll(ofTheHome);
        asked.forEach(key -> tried.add(key.getName()));
        ofTheHome.forEach(key -> tried.add(key.getName()));
    }

    private static List<Identity> load(Path file, SshOptions options) throws SshException {
        try {
            var reader = new JSch();
            reader.addIdentity(file.toString());
            return reader.getIdentityRepository().getIdentities().stream()
                    .<Identity>map(key -> new KeyOfFile(key, options.prompt()))
                    .toList();
        } catch (JSchException e) {
            throw new SshException("cannot use the key in " + file + ": " + e.getMessage(), e);
        }
    }

    private void addThoseOf(Path socket, boolean onlyNamed, List<Identity> named) {
        var agent = new AgentIdentityRepository(new SSHAgentConnector(new UnixSockets(), socket));
        if (agent.getStatus() != RUNNING) {
            tried.add("no agent responds at " + socket);
            return;
        }
        var keys = agent.getIdentities().stream()
                .filter(key -> !onlyNamed
                        || named.stream().anyMatch(n -> Arrays.equals(n.getPublicKeyBlob(), key.getPublicKeyBlob())))
                .toList();
        tried.add("the agent's " + keys.size() + (keys.size() == 1 ? " key" : " keys"));
        identities.addAll(keys);
    }

    /** The keys that there were to log in with, for people. */
    List<String> tried() {
        return tried;
    }

    /** Makes the JDK's own Unix sockets, whatever the library finds at run time. */
    private static final class UnixSockets implements USocketFactory {
        @Override
        public SocketChannel connect(Path path) throws IOException {
            return SocketChannel.open(UnixDomainSocketAddress.of(path));
        }

        @Override
        public ServerSocketChannel bind(Path path) {
            throw new UnsupportedOperationException();
        }
    }

    /** A key in a file. Its passphrase is asked for only when the host has said that it accepts this key. */
    private record KeyOfFile(Identity key, SshOptions.Prompt prompt) implements Identity {
        private static final int ATTEMPTS = 3;

        @Override
        public byte[] getSignature(byte[] data) {
            return decrypted() ? key.getSignature(data) : null;
        }

        @Override
        public byte[] getSignature(byte[] data, String algorithm) {
            return decrypted() ? key.getSignature(data, algorithm) : null;
        }

        private boolean decrypted() {
            for (var attempt = 0; key.isEncrypted() && attempt < ATTEMPTS; attempt++) {
                var passphrase = prompt.secret("Passphrase of " + getName(), attempt > 0);
                if (passphrase.isEmpty()) {
                    return false;
                }
                try {
                    setPassphrase(new String(passphrase.get()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
                } catch (JSchException e) {
                    return false;
                }
            }
            return !key.isEncrypted();
        }

        @Override
        public boolean setPassphrase(byte[] passphrase) throws JSchException {
            return passphrase == null ? !isEncrypted() : key.setPassphrase(passphrase);
        }

        /** Whether the key can't be offered before it is decrypted, as its public half is missing. */
        @Override
        public boolean isEncrypted() {
            return key.isEncrypted() && key.getPublicKeyBlob() == null;
        }

        @Override
        public byte[] getPublicKeyBlob() {
            return key.getPublicKeyBlob();
        }

        @Override
        public String getAlgName() {
            return key.getAlgName();
        }

        @Override
        public String getName() {
            return key.getName();
        }

        @Override
        public void clear() {
            key.clear();
        }
    }

    @Override
    public Vector<Identity> getIdentities() {
        return identities;
    }

    @Override
    public String getName() {
        return "keys of the user";
    }

    @Override
    public int getStatus() {
        return RUNNING;
    }

    @Override
    public boolean add(byte[] identity) {
        return false;
    }

    @Override
    public boolean remove(byte[] blob) {
        return false;
    }

    @Override
    public void removeAll() {}
}
