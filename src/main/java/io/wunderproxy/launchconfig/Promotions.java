package io.wunderproxy.launchconfig;

import io.wunderproxy.store.StoreException;
import io.wunderproxy.store.StoredObject;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Promotions in a store: {@code history.json} and {@code current.json}. Each is written only if it is unchanged since it was read,
 * the history first: it decides who of two was first, and says what to complete when the second write never came. Calls block.
 */
public final class Promotions {

    private static final String HISTORY = "history.json";

    private final LaunchConfigStore store;
    private final Clock clock;

    Promotions(LaunchConfigStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Both files at one moment.
     *
     * @param history empty when there is no such file
     * @param current the bytes of {@code current.json}
     */
    public record Snapshot(
            History history,
            Optional<byte[]> current,
            Optional<String> historyVersion,
            Optional<String> currentVersion,
            boolean interrupted) {

        /** The hash of what is current: the one that the history knows it by, else its MD5. */
        public Optional<ConfigHash> currentHash() {
            return current.map(content -> history.entries().reversed().stream()
                    .map(History.Entry::hash)
                    .filter(hash -> hash.matches(content))
                    .findFirst()
                    .orElseGet(() -> ConfigHash.md5(content)));
        }

        /** Whether this configuration is the current one, and the history says so. */
        public boolean promoted(ConfigHash hash) {
            return isCurrent(hash)
                    && history.last().filter(e -> e.hash().equals(hash)).isPresent();
        }

        private boolean isCurrent(ConfigHash hash) {
            return current.filter(hash::matches).isPresent();
        }

        private boolean sameAs(Snapshot other) {
            return historyVersion.equals(other.historyVersion) && currentVersion.equals(other.currentVersion);
        }
    }

    /** Somebody else promoted something meanwhile. */
    public static final class LostRaceException extends Exception {

        private final transient Snapshot now;

        LostRaceException(Snapshot now, String message) {
            super(message);
            this.now = now;
        }

        /** The state that was found. */
        public Snapshot now() {
            return now;
        }
    }

    /** Reads both files. */
    public Snapshot read() throws StoreException, InvalidLaunchConfigException {
        // The one that is written first is read last: what is current then never is newer than its history.
        var current = store.readObject(LaunchConfigStore.CURRENT);
        var history = store.readObject(HISTORY);
        var entries = new History(List.of());
        if (history.isPresent()) {
            try {
                entries = History.parse(history.get().content());
            } catch (InvalidLaunchConfigException e) {
                throw new InvalidLaunchConfigException(
                        "", locateHistory() + " is no history: " + e.getMessage() + "; fix or remove it");
            }
        }
        return new Snapshot(
                entries,
                current.map(StoredObject::content),
                version(HISTORY, history),
                version(LaunchConfigStore.CURRENT, current),
                interrupted(entries, history, current));
    }

    private Optional<String> version(String key, Optional<StoredObject> object) throws StoreException {
        if (object.isPresent() && object.get().version().isEmpty()) {
            throw new StoreException("the store gives no version (ETag) of "
                    + store.objects().locate(key)
                    + ", without which two people would overwrite each other; use another store");
        }
        return object.flatMap(StoredObject::version);
    }

    /** Whether the history was written and {@code current.json} was not: one that is younger was put there by hand. */
    private boolean interrupted(History history, Optional<StoredObject> written, Optional<StoredObject> current)
            throws StoreException {
        if (history.last().isEmpty()) {
            return false;
        }
        if (current.isEmpty()) {
            return history.entries().size() == 1;
        }
        if (history.last().get().hash().matches(current.get().content())) {
            return false;
        }
        return !time(HISTORY, written.orElseThrow()).isBefore(time(LaunchConfigStore.CURRENT, current.get()));
    }

    private Instant time(String key, StoredObject object) throws StoreException {
        return object.modified()
                .orElseThrow(() -> new StoreException(store.locateCurrent() + " is not the last one of "
                        + locateHistory() + ", and the store does not say when it got "
                        + store.objects().locate(key)
                        + " (Last-Modified): it is unknown whether a promotion was broken off or somebody put another "
                        + "there by hand; remove the history, or use another store"));
    }

    /**
     * Reads both files after {@link #repair} has put right what was broken off.
     *
     * @param repaired gets a sentence on the repair, for people, if there was one
     */
    public Snapshot readRepaired(Consumer<String> repaired) throws StoreException, InvalidLaunchConfigException {
        var found = read();
        repair(found).ifPresent(repaired);
        return found.interrupted() ? read() : found;
    }

    /**
     * Completes a promotion that was broken off between its two writes, or undoes it if its configuration is gone.
     *
     * @return what was done, for people; empty if there was nothing to do
     */
    public Optional<String> repair(Snapshot found) throws StoreException, InvalidLaunchConfigException {
        if (!found.interrupted()) {
            return Optional.empty();
        }
        var entry = found.history().last().orElseThrow();
        var what = "the promotion of revision " + entry.revision() + " ("
                + entry.hash().abbreviated() + ") by " + entry.deployedBy() + " that was broken off at "
                + entry.deployedAt();
        var config = usable(entry);
        if (config.isPresent()) {
            return store.objects().write(LaunchConfigStore.CURRENT, config.get().document(), found.currentVersion())
                    ? Optional.of("completed " + what)
                    : Optional.empty();
        }
        return undo(found, found.history().withoutLast())
                ? Optional.of("undid " + what + ": there is no usable " + store.locate(entry.hash()))
                : Optional.empty();
    }

    /** The state that {@link #repair} would make; writes nothing. */
    public Snapshot preview(Snapshot found) throws StoreException {
        if (!found.interrupted()) {
            return found;
        }
        var config = usable(found.history().last().orElseThrow());
        return new Snapshot(
                config.isPresent() ? found.history() : found.history().withoutLast(),
                config.map(LaunchConfig::document).or(found::current),
                found.historyVersion(),
                found.currentVersion(),
                false);
    }

    /** The configuration of an entry; empty if it is gone, or can't be run. */
    private Optional<LaunchConfig> usable(History.Entry entry) throws StoreException {
        try {
            return store.find(entry.hash());
        } catch (InvalidLaunchConfigException e) {
            return Optional.empty();
        }
    }

    /**
     * Takes the newest entry of the history back, which never became current.
     *
     * @param before what the history was without it
     * @return false if the history has changed since then
     */
    public boolean undo(Snapshot found, History before) throws StoreException {
        return store.objects().write(HISTORY, before.toJson(), found.historyVersion());
    }

    /**
     * Whether this configuration is promoted already.
     *
     * @throws LostRaceException if somebody has promoted something else since then
     */
    public boolean check(Snapshot then, LaunchConfig config)
            throws StoreException, InvalidLaunchConfigException, LostRaceException {
        var now = read();
        var promoted = now.promoted(config.hash());
        if (!promoted && !now.sameAs(then)) {
            throw lost(now);
        }
        return promoted;
    }

    /**
     * Makes this configuration the current one.
     *
     * @param then what was found when the deployment began
     * @param by who does it
     * @throws LostRaceException if somebody has promoted something else since then; nothing was written, or what was written
     *     has been replaced already
     */
    public void promote(Snapshot then, LaunchConfig config, String by)
            throws StoreException, InvalidLaunchConfigException, LostRaceException {
        if (check(then, config)) {
            return;
        }
        var entry = new History.Entry(
                config.revision(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS).toString(),
                by,
                config.hash());
        if (!store.objects().write(HISTORY, then.history().with(entry).toJson(), then.historyVersion())) {
            var now = read();
            if (now.promoted(config.hash())) {
                return;
            }
            throw lost(now);
        }
        if (!store.objects().write(LaunchConfigStore.CURRENT, config.document(), then.currentVersion())) {
            var now = read();
            var superseded = now.history().entries().contains(entry)
                    && !now.history().last().equals(Optional.of(entry));
            if (!now.isCurrent(config.hash()) && !superseded) {
                if (now.history().last().equals(Optional.of(entry))) {
                    undo(now, then.history());
                }
                throw lost(now);
            }
        }
    }

    /**
     * Finds out what came of a {@link #promote} that ended with a {@link StoreException}: a write that failed may have been done
     * nevertheless, or one of two. A half-done promotion is taken back.
     *
     * @param then what that promotion was given
     * @return whether the configuration is promoted
     */
    public boolean settle(Snapshot then, ConfigHash hash) throws StoreException, InvalidLaunchConfigException {
        var now = read();
        if (now.interrupted()
                && now.history().last().filter(e -> e.hash().equals(hash)).isPresent()) {
            undo(now, then.history());
            now = read();
        }
        return now.promoted(hash);
    }

    private LostRaceException lost(Snapshot now) {
        var last = now.history().last();
        if (last.isEmpty() || !now.interrupted() && !now.isCurrent(last.get().hash())) {
            return new LostRaceException(
                    now, store.locateCurrent() + " was changed meanwhile by something that keeps no history");
        }
        return new LostRaceException(
                now,
                "%s promoted revision %s (%s) at %s meanwhile"
                        .formatted(
                                last.get().deployedBy(),
                                last.get().revision(),
                                last.get().hash().abbreviated(),
                                last.get().deployedAt()));
    }

    /**
     * Looks whether this user may promote, and writes nothing.
     *
     * @throws StoreException if not, or the store can't be reached
     */
    public void checkAllowed() throws StoreException {
        // A store that takes it nevertheless has then lost nothing.
        store.objects().checkWritable("container." + "0".repeat(32) + ".json");
    }

    /** Where the history lies, for people. */
    public String locateHistory() {
        return store.objects().locate(HISTORY);
    }
}
