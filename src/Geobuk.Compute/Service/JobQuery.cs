namespace Geobuk.Compute.Service;

/// <summary>A look at some jobs.</summary>
/// <param name="View">Which.</param>
/// <param name="Text">Only those with this in tenant, name or program, or of this number; in any case, full or half width. Empty takes all.</param>
/// <param name="Beyond">Only those beyond this number in the order of the view; null from the first on.</param>
/// <param name="Limit">How many at most.</param>
public sealed record JobQuery(JobView View, string Text, long? Beyond, int Limit);
