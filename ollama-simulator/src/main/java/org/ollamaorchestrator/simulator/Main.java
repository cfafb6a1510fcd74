package org.ollamaorchestrator.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;

/** The simulator as a process. */
public final class Main {
    private static final String HELP = """
            An Ollama that can be scripted.

              --port N         where to listen; 0, the default, takes a free port
              --host ADDRESS   default 127.0.0.1
              --models A,B     what it pretends to have; a name with "embed" in it is an embedding model
              --parallel N     slots per model, default 1
              --script JSON    how requests are answered by default
              --help           this text

            A request may bring its own script in options.simulator.
            Control: POST|PUT /simulator/scripts, PUT /simulator/scripts/<model>,
                     GET|DELETE /simulator/requests, POST|DELETE /simulator/models/<name>
            """;

    private Main() {}

    /** What the command line asks for. */
    private record Arguments(SimulatorOptions options, Script script, boolean help) {
        static Arguments standard() {
            return new Arguments(
                    SimulatorOptions.defaults()
                            .withModels("llama3.2:3b", "qwen3:4b", "simulated:latest", "nomic-embed-text:latest"),
                    Script.defaults(),
                    false);
        }

        static Arguments of(String... words) {
            Arguments read = standard();
            Deque<String> left = new ArrayDeque<>(List.of(words));
            while (!left.isEmpty()) {
                String name = left.pop();
                read = name.equals("--help") ? read.withHelp() : read.with(name, value(name, left));
            }
            return read;
        }

        private static String value(String name, Deque<String> left) {
            try {
                return left.pop();
            } catch (NoSuchElementException e) {
                throw new IllegalArgumentException(name + " wants a value", e);
            }
        }

        private Arguments with(String name, String value) {
            return switch (name) {
                case "--port" -> with(options.withPort(number(name, value)));
                case "--host" -> with(options.withHost(value));
                case "--models" -> with(options.withModels(value.split(",", -1)));
                case "--parallel" -> with(options.withParallel(number(name, value)));
                case "--script" -> new Arguments(options, Script.parse(value), help);
                default -> throw new IllegalArgumentException("unknown: " + name);
            };
        }

        private Arguments with(SimulatorOptions changed) {
            return new Arguments(changed, script, help);
        }

        private Arguments withHelp() {
            return new Arguments(options, script, true);
        }

        private static int number(String name, String value) {
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + " wants a number, not " + value, e);
            }
        }
    }

    public static void main(String... words) {
        Arguments arguments;
        try {
            arguments = Arguments.of(words);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(HELP);
            System.exit(2);
            return;
        }
        if (arguments.help()) {
            System.out.print(HELP);
            return;
        }
        run(arguments);
    }

    @SuppressWarnings("resource") // the process lives as long as the simulator does, and ends with it
    private static void run(Arguments arguments) {
        OllamaSimulator simulator = OllamaSimulator.start(arguments.options());
        simulator.byDefault(arguments.script());
        System.out.println("simulator listening on " + simulator.url());
    }
}
