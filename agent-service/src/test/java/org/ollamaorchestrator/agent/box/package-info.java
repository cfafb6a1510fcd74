/** Tests of the package of the same name. */
package org.ollamaorchestrator.agent.box;
