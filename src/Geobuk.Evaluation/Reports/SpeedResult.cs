namespace Geobuk.Evaluation.Reports;

/// <summary>Size and speed of one model on this machine.</summary>
/// <param name="Bytes">Weights on disk.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="LoadSeconds">From the path to a model that can answer.</param>
/// <param name="PrefillTps">Prompt tokens per second.</param>
/// <param name="DecodeTps">Generated tokens per second of one sequence.</param>
/// <param name="Kernel">Instruction set and arithmetic.</param>
public sealed record SpeedResult(long Bytes, long Parameters, double LoadSeconds, double PrefillTps, double DecodeTps, string Kernel);
