package org.ollamaorchestrator.system;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/** Free loopback ports from below the range that systems give to outgoing connections, so that a restart finds its port free. */
final class Ports {
    private static final int FROM = 15_000;
    private static final int TO = 32_000;

    private Ports() {}

    static int free() {
        RandomGenerator random = RandomGenerator.getDefault();
        while (true) {
            int port = random.nextInt(FROM, TO);
            if (isFree(port)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
