namespace Geobuk.Compute.Service;

/// <summary>The key may not do what was asked.</summary>
public sealed class AccessDeniedException(string message) : Exception(message);
