package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Fields of launch configurations by their paths, such as {@code HealthCheck.Port}. What stands in Docker's own objects is none of
 * them: it is passed on whatever it is.
 */
public record ConfigFields(SortedSet<String> paths) {

    /** The fields that agents know which do not name theirs. Never changes, as those agents do not. */
    public static final ConfigFields OF_OLD_AGENTS = of(List.of(
            "ContainerConfig",
            "HostConfig",
            "HealthCheckPath",
            "HealthCheck",
            "HealthCheck.Path",
            "HealthCheck.Port",
            "HealthCheck.Interval",
            "HealthCheck.Timeout",
            "HealthCheck.Successes",
            "HealthCheck.Deadline",
            "HealthCheck.Headers",
            "Protocol",
            "Revision",
            "ForceReload",
            "ImageBucket"));

    /** The fields that this program knows: those, and all that came since. It refuses other fields, and names these to others. */
    public static final ConfigFields KNOWN = of(Stream.concat(
                    OF_OLD_AGENTS.paths().stream(),
                    Stream.of(
                            "HealthCheck.Kind",
                            "HealthCheck.RestartAfter",
                            "HealthCheck.Service",
                            "HealthCheck.Status",
                            "Proxy",
                            "Proxy.AllowedNetworks",
                            "Proxy.BackendIdleTimeout",
                            "Proxy.BasicAuth",
                            "Proxy.BasicAuth.File",
                            "Proxy.BasicAuth.Realm",
                            "Proxy.BodyTimeout",
                            "Proxy.CanonicalHost",
                            "Proxy.Compression",
                            "Proxy.MaxBody",
                            "Proxy.RemoveResponseHeaders",
                            "Proxy.RequestBuffering",
                            "Proxy.ResponseBuffering",
                            "Proxy.ResponseHeaders",
                            "Proxy.ResponseTimeout"))
            .toList());

    public static ConfigFields of(Collection<String> paths) {
        return new ConfigFields(new TreeSet<>(paths));
    }

    /**
     * The names of the fields that an object may have, in their order.
     *
     * @param prefix the path of the object with a dot behind it; empty for the whole configuration
     */
    List<String> names(String prefix) {
        return paths.stream()
                .filter(path -> path.startsWith(prefix))
                .map(path -> path.substring(prefix.length()))
                .filter(name -> name.indexOf('.') < 0)
                .toList();
    }

    /** The fields that a configuration has, and those of the objects in it of which this has fields. */
    ConfigFields usedBy(ObjectNode configuration) {
        var found = new TreeSet<String>();
        collect("", configuration, found);
        return new ConfigFields(found);
    }

    private void collect(String prefix, ObjectNode object, SortedSet<String> found) {
        for (var field : object.properties()) {
            var path = prefix + field.getKey();
            found.add(path);
            if (field.getValue() instanceof ObjectNode inner
                    && !names(path + ".").isEmpty()) {
                collect(path + ".", inner, found);
            }
        }
    }

    /** Those of these fields that others do not know; of an object that they do not know, not what is in it. */
    public List<String> unknownTo(ConfigFields others) {
        return paths.stream()
                .filter(path -> !others.paths.contains(path))
                .filter(path ->
                        path.indexOf('.') < 0 || others.paths.contains(path.substring(0, path.lastIndexOf('.'))))
                .toList();
    }
}
