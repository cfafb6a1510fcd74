package org.ollamaorchestrator.gateway.scheduling.simulation;

import org.ollamaorchestrator.protocol.AgentId;

/**
 * One connection of an agent: in each direction frames arrive late and in order, until it is cut, which both sides notice
 * soon, or goes silent, which each notices by its own patience.
 */
final class Link {

    private static final long SILENCE_MAX = 15_000;

    private final VirtualTime time;
    private final SimulatedGateway gateway;
    private final SimulatedAgent agent;
    private final AgentId as;
    private final String connection;
    private final long delayMax;

    private boolean carries = true;
    private boolean openAtGateway = true;
    private boolean openAtAgent = true;
    private long reachesGateway;
    private long reachesAgent;

    Link(
            VirtualTime time,
            SimulatedGateway gateway,
            SimulatedAgent agent,
            AgentId as,
            String connection,
            long delayMax) {
        this.time = time;
        this.gateway = gateway;
        this.agent = agent;
        this.as = as;
        this.connection = connection;
        this.delayMax = delayMax;
    }

    String connection() {
        return connection;
    }

    /** Who the agent is over this connection: version 1 is another each time. */
    AgentId as() {
        return as;
    }

    SimulatedAgent agent() {
        return agent;
    }

    void toGateway(Runnable arrival) {
        reachesGateway = Math.max(reachesGateway, time.now() + time.between(0, delayMax));
        time.at(reachesGateway, () -> {
            if (carries && openAtGateway) {
                arrival.run();
            }
        });
    }

    void toAgent(Runnable arrival) {
        reachesAgent = Math.max(reachesAgent, time.now() + time.between(0, delayMax));
        time.at(reachesAgent, () -> {
            if (carries && openAtAgent) {
                arrival.run();
            }
        });
    }

    void cut() {
        carries = false;
        noticedWithin(2 * delayMax + 1);
    }

    void goSilent() {
        carries = false;
        noticedWithin(SILENCE_MAX);
    }

    private void noticedWithin(long millis) {
        time.after(time.between(0, millis), this::closedAtGateway);
        time.after(time.between(0, millis), this::closedAtAgent);
    }

    /** The gateway has a newer connection of this agent, or wants none. */
    void closeAtGateway() {
        openAtGateway = false;
        time.after(time.between(0, 2 * delayMax + 1), this::closedAtAgent);
    }

    private void closedAtGateway() {
        if (openAtGateway) {
            openAtGateway = false;
            gateway.dropped(this);
        }
    }

    private void closedAtAgent() {
        if (openAtAgent) {
            openAtAgent = false;
            agent.linkClosed(this);
        }
    }
}
