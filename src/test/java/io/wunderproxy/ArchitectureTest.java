package io.wunderproxy;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.wunderproxy.container.ContainerRuntime;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Holds the arrows between the packages and the habits that keep the code simple. */
@AnalyzeClasses(packages = "io.wunderproxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule the_disk_knows_no_other_package_of_ours = only("disk");

    @ArchTest
    static final ArchRule files_are_replaced_in_one_place = noClasses()
            .that()
            .resideOutsideOfPackage("io.wunderproxy.disk..")
            .should()
            .callMethod(Files.class, "move", Path.class, Path.class, CopyOption[].class);

    /** All that the installer changes is on the disk before it goes on. */
    @ArchTest
    static final ArchRule an_installation_changes_files_in_one_place = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.install..")
            .and()
            .haveNameNotMatching(".*\\.HostFiles(\\$.*)?")
            .should()
            .callMethodWhere(describe(
                    "changes files",
                    call -> call.getTargetOwner().isEquivalentTo(Files.class)
                            && call.getName().matches("write.*|create.*|delete.*|copy|move|set.*|new.*")));

    @ArchTest
    static final ArchRule an_installation_runs_commands_in_one_place = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.install..")
            .and()
            .doNotHaveSimpleName("SystemCommands")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class);

    @ArchTest
    static final ArchRule the_proxy_knows_only_the_disk = only("proxy", "disk");

    @ArchTest
    static final ArchRule containers_know_no_other_package_of_ours = only("container");

    @ArchTest
    static final ArchRule health_knows_no_other_package_of_ours = only("health");

    @ArchTest
    static final ArchRule events_know_no_other_package_of_ours = only("events");

    @ArchTest
    static final ArchRule supervision_knows_no_other_package_of_ours = only("supervision");

    @ArchTest
    static final ArchRule remote_hosts_know_no_other_package_of_ours = only("remote");

    @ArchTest
    static final ArchRule launch_configurations_know_only_the_disk = only("launchconfig", "disk");

    @ArchTest
    static final ArchRule the_installer_knows_only_what_it_checks_and_the_disk =
            only("install", "launchconfig", "disk");

    @ArchTest
    static final ArchRule fleets_know_only_the_store_besides = only("fleet", "launchconfig");

    @ArchTest
    static final ArchRule deployments_order_the_steps_of_the_packages_below =
            only("deployment", "launchconfig", "container", "health", "proxy", "events", "disk");

    @ArchTest
    static final ArchRule the_manager_speaks_for_deployments_and_traffic =
            only("manager", "deployment", "container", "launchconfig", "proxy", "events", "fleet", "registry", "disk");

    @ArchTest
    static final ArchRule the_registry_reads_the_store = only("registry", "launchconfig", "disk");

    @ArchTest
    static final ArchRule commands_never_touch_the_agent =
            only("cli", "launchconfig", "fleet", "remote", "registry", "container", "install");

    @ArchTest
    static final ArchRule packages_are_free_of_cycles =
            slices().matching("io.wunderproxy.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule the_proxy_knows_neither_docker_nor_s3_nor_jaxrs = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.proxy..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "com.github.dockerjava..", "software.amazon..", "jakarta.ws.rs..", "org.jboss.resteasy..");

    @ArchTest
    static final ArchRule no_static_mutable_state =
            fields().that().areStatic().should().beFinal();

    @ArchTest
    static final ArchRule no_bag_packages =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..helpers..");

    @ArchTest
    static final ArchRule no_impl_names = classes().should().haveSimpleNameNotEndingWith("Impl");

    /** A container starts only where nobody else listens. */
    @ArchTest
    static final ArchRule containers_are_started_at_one_place = noClasses()
            .that()
            .doNotHaveSimpleName("ContainerStart")
            .should()
            .callMethod(ContainerRuntime.class, "start", String.class);

    /** Volumes of foreign containers are kept. */
    @ArchTest
    static final ArchRule containers_are_removed_at_one_place = noClasses()
            .that()
            .doNotHaveSimpleName("Application")
            .should()
            .callMethod(ContainerRuntime.class, "remove", String.class, ContainerRuntime.Volumes.class);

    /**
     * A clock can be set while somebody waits: durations are measured by {@link System#nanoTime}, and order is numbered. Only those
     * calculate with time stamps who have nothing else, since others wrote them or are to read them.
     */
    @ArchTest
    static final ArchRule clocks_measure_no_durations = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.wunderproxy.deployment.Application") // the age of containers
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.DeployLock") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.Member") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.FleetTable") // expiry, by DynamoDB
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.launchconfig.Promotions") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.cli.FleetStatusCommand") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.cli.FleetHistoryCommand") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.events.EventLog") // tells one run from another
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.launchconfig.LaunchConfigStore") // the skew of two clocks
            .and()
            .doNotHaveFullyQualifiedName(
                    "io.wunderproxy.manager.TrafficHistory") // samples with their times, for people
            .should()
            .callMethodWhere(describe(
                    "calculates with time stamps",
                    call -> call.getTargetOwner().isEquivalentTo(Instant.class)
                                    && call.getName().matches("isAfter|isBefore|compareTo|plus.*|minus.*|until")
                            || call.getTargetOwner().isEquivalentTo(Duration.class)
                                    && call.getName().equals("between")
                            || call.getTargetOwner().isEquivalentTo(Clock.class)
                                    && call.getName().equals("millis")));

    /** The classes of a package may use, of ours, only that package and those named. */
    private static ArchRule only(String slice, String... others) {
        var allowed = new String[others.length + 1];
        allowed[0] = "io.wunderproxy." + slice + "..";
        for (var i = 0; i < others.length; i++) {
            allowed[i + 1] = "io.wunderproxy." + others[i] + "..";
        }
        return noClasses()
                .that()
                .resideInAPackage(allowed[0])
                .should()
                .dependOnClassesThat(describe(
                        "are ours but not in " + String.join(", ", allowed),
                        c -> c.getPackageName().startsWith("io.wunderproxy")
                                && java.util.Arrays.stream(allowed)
                                        .map(a -> a.substring(0, a.length() - 2))
                                        .noneMatch(a -> c.getPackageName().equals(a)
                                                || c.getPackageName().startsWith(a + "."))))
                .as(slice + " depends on nothing of ours but " + String.join(", ", others));
    }
}
