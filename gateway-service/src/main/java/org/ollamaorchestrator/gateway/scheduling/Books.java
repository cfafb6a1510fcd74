package org.ollamaorchestrator.gateway.scheduling;

import org.ollamaorchestrator.gateway.scheduling.Attempt.Answering;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Loading;

/**
 * What the core keeps at one moment, counted at each place where it is kept.
 *
 * @param requests that have no end yet
 * @param waiting of these, how many stand in the queue
 * @param answered of these, how many a job answers
 * @param slotJobs jobs of which an agent has yet to say that their slot is free
 * @param otherJobs jobs that take no slot
 * @param slotsTaken of all agents together
 * @param loadJobs jobs that load a model
 * @param loads that some agent has under way, or has yet to give up
 * @param alarms that are set
 * @param accounts of keys in the queue
 * @param fleetInOrder whether each agent is found by what it offers
 */
record Books(
        int requests,
        int waiting,
        int answered,
        int slotJobs,
        int otherJobs,
        int slotsTaken,
        int loadJobs,
        int loads,
        int alarms,
        int accounts,
        boolean fleetInOrder) {

    static Books of(Requests requests, Fleet fleet, Jobs jobs, FairQueue queue, Alarms alarms) {
        int answered = 0;
        int slotJobs = 0;
        int loadJobs = 0;
        for (Attempt attempt : jobs.all()) {
            slotJobs += attempt.takesSlot() ? 1 : 0;
            switch (attempt.purpose()) {
                case Answering answering -> answered += attempt.isDone() ? 0 : 1;
                case Loading loading -> loadJobs++;
            }
        }
        return new Books(
                requests.size(),
                queue.size(),
                answered,
                slotJobs,
                jobs.all().size() - slotJobs,
                fleet.agents().stream().mapToInt(AgentState::active).sum(),
                loadJobs,
                fleet.agents().stream()
                        .mapToInt(agent -> agent.models().loads())
                        .sum(),
                alarms.size(),
                queue.accounts(),
                fleet.isInOrder());
    }

    /** Whether what is kept twice is the same in both places. */
    boolean agree() {
        return fleetInOrder && requests == waiting + answered && slotJobs == slotsTaken && loads == loadJobs;
    }

    /** Whether nothing is left of requests and jobs. */
    boolean areEmpty() {
        return requests + waiting + slotJobs + otherJobs + slotsTaken + loads + alarms + accounts == 0;
    }
}
