package io.wunderproxy;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.routing.ActiveBackend;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

/** Holds the arrows between the packages and the habits that keep the code simple. */
@AnalyzeClasses(packages = "io.wunderproxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule the_disk_knows_no_other_package_of_ours = only("disk");

    @ArchTest
    static final ArchRule bounds_of_options_know_no_other_package_of_ours = only("options");

    @ArchTest
    static final ArchRule files_are_replaced_in_one_place = noClasses()
            .that()
            .resideOutsideOfPackage("io.wunderproxy.disk..")
            .should()
            .callMethod(Files.class, "move", Path.class, Path.class, CopyOption[].class);

    /** All that the installer changes is on the disk before it continues. */
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
    static final ArchRule names_know_no_other_package_of_ours = only("names");

    @ArchTest
    static final ArchRule containers_know_only_names = only("container", "names");

    @ArchTest
    static final ArchRule health_knows_only_time = only("health", "time");

    @ArchTest
    static final ArchRule time_knows_no_other_package_of_ours = only("time");

    @ArchTest
    static final ArchRule events_know_only_names = only("events", "names");

    @ArchTest
    static final ArchRule supervision_knows_no_other_package_of_ours = only("supervision");

    @ArchTest
    static final ArchRule the_hand_over_knows_no_other_package_of_ours = only("handover");

    @ArchTest
    static final ArchRule remote_hosts_know_no_other_package_of_ours = only("remote");

    @ArchTest
    static final ArchRule stores_know_only_the_disk = only("store", "disk");

    @ArchTest
    static final ArchRule the_installer_knows_only_what_it_checks_and_the_disk =
            only("install", "launchconfig", "disk");

    @ArchTest
    static final ArchRule launch_configurations_lie_in_stores_and_name_rules_of_the_proxy =
            only("launchconfig", "store", "names", "options", "proxy.rules");

    @ArchTest
    static final ArchRule images_lie_in_stores = only("registry", "launchconfig", "store", "disk", "names", "options");

    @ArchTest
    static final ArchRule images_are_served_without_being_pushed =
            only("registry.serve", "registry", "launchconfig", "store", "disk", "names", "options");

    @ArchTest
    static final ArchRule images_are_pushed_without_being_served =
            only("registry.push", "registry", "launchconfig", "store", "disk");

    @ArchTest
    static final ArchRule fleets_know_only_the_store_besides = only("fleet", "store");

    @ArchTest
    static final ArchRule the_api_knows_no_other_package_of_ours = only("api");

    @ArchTest
    static final ArchRule clients_of_managers_know_what_these_say = only("client", "api");

    @ArchTest
    static final ArchRule rollouts_know_hosts_and_stores =
            only("rollout", "client", "api", "fleet", "launchconfig", "judgement", "store", "time");

    @ArchTest
    static final ArchRule judgements_know_no_other_package_of_ours = only("judgement");

    @ArchTest
    static final ArchRule deployments_order_the_steps_of_the_packages_below = only(
            "deployment",
            "options",
            "launchconfig",
            "judgement",
            "store",
            "container",
            "health",
            "events",
            "disk",
            "names",
            "time",
            "proxy.routing",
            "proxy.stats",
            "proxy.auth",
            "proxy.rules");

    @ArchTest
    static final ArchRule the_manager_speaks_for_deployments_and_traffic = only(
            "manager",
            "api",
            "options",
            "deployment",
            "container",
            "launchconfig",
            "events",
            "fleet",
            "registry.serve",
            "disk",
            "names",
            "proxy.routing",
            "proxy.admission",
            "proxy.stats",
            "proxy.rules");

    @ArchTest
    static final ArchRule the_agent_wires_what_runs = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.agent..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.wunderproxy",
                    "io.wunderproxy.cli.*..",
                    "io.wunderproxy.rollout..",
                    "io.wunderproxy.client..",
                    "io.wunderproxy.remote..",
                    "io.wunderproxy.registry.push..");

    @ArchTest
    static final ArchRule commands_never_touch_the_agent = only(
            "cli",
            "options",
            "install",
            "rollout",
            "client",
            "api",
            "launchconfig",
            "fleet",
            "registry",
            "store",
            "remote",
            "container",
            "disk",
            "names",
            "supervision",
            "time");

    @ArchTest
    static final ArchRule the_frame_of_commands_knows_no_command = within("cli");

    @ArchTest
    static final ArchRule commands_reach_managers_and_hosts = within("cli.reach", "cli");

    @ArchTest
    static final ArchRule commands_read_and_write_stores = within("cli.store", "cli", "cli.reach");

    @ArchTest
    static final ArchRule commands_speak_to_one_host = within("cli.host", "cli", "cli.reach", "cli.store");

    @ArchTest
    static final ArchRule commands_speak_to_a_fleet = within("cli.fleet", "cli", "cli.reach", "cli.store", "cli.host");

    @ArchTest
    static final ArchRule commands_log_in_to_hosts = within("cli.ssh", "cli", "cli.reach");

    @ArchTest
    static final ArchRule commands_install_the_program = within("cli.install", "cli", "cli.ssh", "cli.reach");

    @ArchTest
    static final ArchRule commands_help_without_others = within("cli.help", "cli");

    @ArchTest
    static final ArchRule only_the_program_is_not_in_a_package = classes()
            .that()
            .resideInAPackage("io.wunderproxy")
            .should()
            .haveFullyQualifiedName("io.wunderproxy.Wunderproxy");

    @ArchTest
    static final ArchRule the_proxy_knows_only_the_disk_and_bounds = only("proxy", "disk", "options");

    @ArchTest
    static final ArchRule how_requests_are_forwarded_is_the_proxys_own_affair = noClasses()
            .that()
            .resideOutsideOfPackage("io.wunderproxy.proxy..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.wunderproxy.proxy.body..",
                            "io.wunderproxy.proxy.backend..",
                            "io.wunderproxy.proxy.exchange..",
                            "io.wunderproxy.proxy.loop..",
                            "io.wunderproxy.proxy.vertx..")
                    .and(describe(
                            "are no records of options",
                            type -> !type.isRecord() || !type.getSimpleName().matches(".+(Options|Timeouts)"))));

    @ArchTest
    static final ArchRule rules_know_no_other_room_of_the_proxy = only("proxy.rules", "options");

    @ArchTest
    static final ArchRule sockets_know_no_other_room_of_the_proxy = only("proxy.transport");

    /** A timer that outlives its connection holds all that the connection has. */
    @ArchTest
    static final ArchRule timers_of_connections_are_made_in_one_place = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.proxy..")
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.proxy.transport.ChannelTimer")
            .should()
            .callMethodWhere(target(name("schedule").or(name("scheduleAtFixedRate")))
                    .and(target(owner(assignableTo(ScheduledExecutorService.class)))));

    @ArchTest
    static final ArchRule tls_knows_sockets = only("proxy.tls", "proxy.transport", "options");

    @ArchTest
    static final ArchRule admission_knows_only_the_disk = only("proxy.admission", "proxy.rules", "disk", "options");

    @ArchTest
    static final ArchRule routing_knows_rules = only("proxy.routing", "proxy.rules", "proxy.transport", "options");

    @ArchTest
    static final ArchRule statistics_know_who_responds =
            only("proxy.stats", "proxy.rules", "proxy.routing", "proxy.transport");

    @ArchTest
    static final ArchRule bodies_know_what_they_may_take =
            only("proxy.body", "proxy.rules", "proxy.admission", "options");

    @ArchTest
    static final ArchRule backends_know_no_client =
            only("proxy.backend", "options", "proxy.rules", "proxy.routing", "proxy.stats", "proxy.transport");

    @ArchTest
    static final ArchRule passwords_are_checked_without_knowing_for_what = only("proxy.auth");

    @ArchTest
    static final ArchRule decisions_on_a_request_know_no_connection = only(
            "proxy.exchange",
            "options",
            "proxy.rules",
            "proxy.routing",
            "proxy.admission",
            "proxy.stats",
            "proxy.body");

    @ArchTest
    static final ArchRule loops_know_no_kind_of_connection = only(
            "proxy.loop",
            "proxy.ProxyOptions",
            "proxy.rules",
            "proxy.routing",
            "proxy.admission",
            "proxy.stats",
            "proxy.transport",
            "proxy.auth",
            "proxy.body",
            "proxy.backend",
            "proxy.exchange");

    @ArchTest
    static final ArchRule the_lean_lane_does_not_know_the_general_one = only(
            "proxy.lean",
            "proxy.rules",
            "proxy.routing",
            "proxy.admission",
            "proxy.stats",
            "proxy.backend",
            "proxy.exchange",
            "proxy.loop",
            "proxy.tls",
            "proxy.body",
            "proxy.ProxyOptions");

    @ArchTest
    static final ArchRule only_the_server_knows_the_lanes = noClasses()
            .that()
            .resideOutsideOfPackages("io.wunderproxy.proxy", "io.wunderproxy.proxy.vertx..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.wunderproxy.proxy.vertx..");

    @ArchTest
    static final ArchRule lanes_do_not_know_the_server = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.proxy.vertx..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.wunderproxy.proxy.ProxyServer");

    /** So that they hold for every way in which requests are read. */
    @ArchTest
    static final ArchRule rules_and_decisions_know_no_framework = noClasses()
            .that()
            .resideInAnyPackage("io.wunderproxy.proxy.rules..", "io.wunderproxy.proxy.exchange..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.vertx..");

    @ArchTest
    static final ArchRule packages_are_free_of_cycles =
            slices().matching("io.wunderproxy.(*)..").should().beFreeOfCycles();

    /** The options of the whole proxy are one room by themselves, since rooms above and below the server's take them. */
    @ArchTest
    static final ArchRule rooms_are_free_of_cycles = slices().assignedFrom(new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                    return SliceIdentifier.of(
                            isOrIsWithin(type, ProxyOptions.class.getName()) ? "options" : type.getPackageName());
                }

                @Override
                public String getDescription() {
                    return "every package";
                }
            })
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule the_proxy_knows_neither_docker_nor_s3_nor_jaxrs = noClasses()
            .that()
            .resideInAPackage("io.wunderproxy.proxy..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "com.github.dockerjava..", "software.amazon..", "jakarta.ws.rs..", "org.jboss.resteasy..");

    /** An application is an object, and there can be several of them. */
    @ArchTest
    static final ArchRule what_an_application_has_is_in_no_scope_of_the_framework = noClasses()
            .that()
            .resideInAnyPackage("io.wunderproxy.deployment..", "io.wunderproxy.proxy..")
            .and()
            .doNotHaveFullyQualifiedName(ActiveBackend.class.getName())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.enterprise..", "jakarta.inject..", "io.quarkus..");

    /** So that a test lets it pass. */
    @ArchTest
    static final ArchRule time_is_given_to_those_who_wait = noClasses()
            .that()
            .resideInAnyPackage("io.wunderproxy.deployment..", "io.wunderproxy.health..", "io.wunderproxy.rollout..")
            .should()
            .callMethodWhere(describe(
                    "asks the machine for its time",
                    call -> Set.of("sleep", "nanoTime", "currentTimeMillis", "systemUTC", "systemDefaultZone")
                                    .contains(call.getName())
                            && Set.of(Thread.class.getName(), System.class.getName(), Clock.class.getName())
                                    .contains(call.getTargetOwner().getName())));

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
            .doNotHaveFullyQualifiedName("io.wunderproxy.deployment.Bake") // begun by another process
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.DeployLock") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.Member") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.Members") // written by others; expiry, by DynamoDB
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.fleet.LedgerWriter") // expiry, by DynamoDB
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.launchconfig.Promotions") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.cli.fleet.FleetStatusCommand") // written by others
            .and()
            .doNotHaveFullyQualifiedName("io.wunderproxy.cli.fleet.FleetHistoryCommand") // written by others
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

    /** The classes of a package may use, of ours, only that package and those named; a class may be named too. */
    private static ArchRule only(String from, String... others) {
        return noClasses()
                .that()
                .resideInAPackage("io.wunderproxy." + from + "..")
                .should()
                .dependOnClassesThat(areOursButNotIn(with(from, others)))
                .as(from + " depends on nothing of ours but " + String.join(", ", others));
    }

    /** The same for the packages of commands, of which those named are meant without what is below them. */
    private static ArchRule within(String from, String... others) {
        var allowed = Arrays.stream(with(from, others))
                .map(name -> "io.wunderproxy." + name)
                .toList();
        return noClasses()
                .that()
                .resideInAPackage("io.wunderproxy." + from)
                .should()
                .dependOnClassesThat(describe(
                        "are commands but not in " + String.join(", ", allowed),
                        type -> (type.getPackageName() + ".").startsWith("io.wunderproxy.cli.")
                                && !allowed.contains(type.getPackageName())))
                .as(from + " depends on no commands but those of " + String.join(", ", others));
    }

    private static String[] with(String first, String... others) {
        var all = Arrays.copyOf(others, others.length + 1);
        all[others.length] = first;
        return all;
    }

    private static DescribedPredicate<JavaClass> areOursButNotIn(String... names) {
        return describe(
                "are ours but not in " + String.join(", ", names),
                type -> type.getPackageName().startsWith("io.wunderproxy")
                        && Arrays.stream(names)
                                .map(name -> "io.wunderproxy." + name)
                                .noneMatch(name -> type.getPackageName().equals(name)
                                        || type.getPackageName().startsWith(name + ".")
                                        || isOrIsWithin(type, name)));
    }

    private static boolean isOrIsWithin(JavaClass type, String name) {
        return type.getName().equals(name) || type.getName().startsWith(name + "$");
    }
}
