package org.ollamaorchestrator.gateway.connections;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How many connections one port has, in all and from each address. Its lock guards the sums and is held for no longer than
 * to change them: connections are accepted on one thread and end on many.
 */
final class ConnectionCounts {

    /** Whoever has one address of IPv6 has at least these many bits of it for himself. */
    private static final int IPV6_NETWORK_BYTES = 8;

    private final int max;
    private final int perAddressMax;
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private int all;

    ConnectionCounts(int max, int perAddressMax) {
        this.max = max;
        this.perAddressMax = perAddressMax;
    }

    /**
     * Counts one more connection, if there is room for it; then it has to {@link #leave}.
     *
     * @param shared whether many clients come from this address, so that only the bound on all holds
     */
    synchronized boolean enter(InetAddress address, boolean shared) {
        InetAddress from = network(address);
        if (all >= max || (!shared && byAddress.getOrDefault(from, 0) >= perAddressMax)) {
            return false;
        }
        all++;
        byAddress.merge(from, 1, Integer::sum);
        return true;
    }

    synchronized void leave(InetAddress address) {
        all--;
        byAddress.computeIfPresent(network(address), (from, count) -> count > 1 ? count - 1 : null);
    }

    private static InetAddress network(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, IPV6_NETWORK_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of IPv6 has 16 bytes", e);
        }
    }
}
