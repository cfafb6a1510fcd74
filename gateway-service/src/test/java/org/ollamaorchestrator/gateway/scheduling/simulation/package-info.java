/**
 * A whole fleet in virtual time around the real core: clients, the gateway's desk, links, agents and their Ollamas. One
 * seed is one history, the same on every run.
 */
@NullMarked
package org.ollamaorchestrator.gateway.scheduling.simulation;

import org.jspecify.annotations.NullMarked;
