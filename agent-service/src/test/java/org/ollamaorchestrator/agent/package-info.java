/** The agent, whole and in parts, against its peers as tests script them. */
package org.ollamaorchestrator.agent;
