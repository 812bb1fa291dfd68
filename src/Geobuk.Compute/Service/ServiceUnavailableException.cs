namespace Geobuk.Compute.Service;

/// <summary>Nothing can be changed now; the same call may be made later.</summary>
public sealed class ServiceUnavailableException(string message) : Exception(message);
