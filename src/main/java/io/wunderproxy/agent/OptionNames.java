package io.wunderproxy.agent;

import io.wunderproxy.options.OutOfBounds;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Makes records of options, and says which option of the command line a wrong component came from: the one whose field has the
 * component's name, in the class of the options that the record is made of. What is wrong is collected, so that all of it can be
 * reported at once.
 */
final class OptionNames {

    private final CommandSpec command;
    private final List<ParameterException> faults = new ArrayList<>();

    OptionNames(CommandSpec command) {
        this.command = command;
    }

    /** All that was wrong with the values so far. */
    List<ParameterException> faults() {
        return List.copyOf(faults);
    }

    /**
     * Makes a record. An option that is out of its bounds is added to the faults, and the record is made as if it were not given.
     *
     * @param from has the fields of its options
     * @throws ParameterException if the record can't be made without the option either
     */
    <T> T made(Object from, Supplier<T> record) {
        while (true) {
            try {
                return record.get();
            } catch (OutOfBounds e) {
                var fault = wrong(from, e.component(), e.getMessage());
                if (faults.stream().anyMatch(known -> known.getArgSpec() == fault.getArgSpec())) {
                    throw fault;
                }
                faults.add(fault);
                if (fault.getArgSpec().isPositional()) {
                    // The agent's names have no defaults.
                    throw fault;
                }
                forget(from, fault.getArgSpec());
            }
        }
    }

    private static void forget(Object from, ArgSpec argument) {
        try {
            ((Field) argument.userObject()).set(from, argument.initialValue());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The exception for an option, found by its field, that can't have its value. */
    private ParameterException wrong(Object from, String field, String problem) {
        return command.args().stream()
                .filter(argument -> argument.userObject() instanceof Field member
                        && member.getDeclaringClass() == from.getClass()
                        && member.getName().equals(field))
                .findFirst()
                .map(argument -> new ParameterException(
                        command.commandLine(),
                        "Invalid value for "
                                + (argument instanceof OptionSpec option
                                        ? "option '" + option.longestName() + "'"
                                        : argument.paramLabel())
                                + ": " + problem,
                        argument,
                        Objects.toString(argument.getValue())))
                // A mistake in the program, and not of the user: ProxyFlagsTest tries each option, so that nobody else
                // meets it.
                .orElseThrow(() -> new IllegalStateException("'" + field + "' " + problem + ", and no field of "
                        + from.getClass().getSimpleName()
                        + " with an @Option has that name: give the field the name of the"
                        + " record's component, or make the record from the class that has the field"));
    }
}
