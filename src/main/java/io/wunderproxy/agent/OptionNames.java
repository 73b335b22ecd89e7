package io.wunderproxy.agent;

import io.wunderproxy.options.OutOfBounds;
import java.lang.reflect.Member;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Makes records of options, and says which option of the command line a wrong component came from: the one whose field has the
 * component's name, in the class of the options that the record is made of.
 */
record OptionNames(CommandSpec command) {

    /**
     * Makes a record.
     *
     * @param from has the fields of its options
     * @throws ParameterException if one is out of its bounds
     */
    <T> T made(Object from, Supplier<T> record) {
        try {
            return record.get();
        } catch (OutOfBounds e) {
            throw wrong(from, e.component(), e.getMessage());
        }
    }

    /** The exception for an option, found by its field, that can't have its value. */
    ParameterException wrong(Object from, String field, String problem) {
        return command.args().stream()
                .filter(argument -> argument.userObject() instanceof Member member
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
