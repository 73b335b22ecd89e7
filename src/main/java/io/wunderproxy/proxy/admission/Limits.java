package io.wunderproxy.proxy.admission;

/**
 * What all event loops share a limit of.
 *
 * @param memory for bodies and answers that wait
 * @param disk for their temporary files
 */
public record Limits(Admission connections, Admission requests, Budget memory, Budget disk) {}
