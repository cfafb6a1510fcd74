package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;
import org.ollamaorchestrator.gateway.cli.GatewayCommandLine;

/**
 * The gateway's process. Without arguments it serves until it is told to stop; with any it is a command, and nothing of the
 * server is started.
 */
@QuarkusMain
public final class GatewayMain {

    private GatewayMain() {}

    public static void main(String... arguments) {
        if (arguments.length == 0) {
            Quarkus.run(arguments);
            return;
        }
        int code = GatewayCommandLine.run(List.of(arguments));
        if (code != 0) {
            System.exit(code);
        }
    }
}
