package org.ollamaorchestrator.gateway.scheduling;

/** Whoever has to know when agents come, change or go. */
public interface FleetObserver {

    /** Called on the core's loop soon after each change, once for those that came together: to return soon, and never to block. */
    void fleetChanged(FleetView fleet);
}
