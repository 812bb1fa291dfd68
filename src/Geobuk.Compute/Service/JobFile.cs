namespace Geobuk.Compute.Service;

/// <summary>A file that a job left.</summary>
/// <param name="Path">Its path below the job's folder, with slashes.</param>
/// <param name="Bytes">Its size.</param>
public sealed record JobFile(string Path, long Bytes);
