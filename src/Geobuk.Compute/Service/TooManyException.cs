namespace Geobuk.Compute.Service;

/// <summary>There is as much of it as there may be; the same call may be made when there is less.</summary>
public sealed class TooManyException(string message) : Exception(message);
