using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Reports;

namespace Geobuk.Evaluation;

/// <summary>Everything measured on one model.</summary>
internal sealed record ModelMeasurements(
    string Name, PerplexityResult? Domain, PerplexityResult? General, MultipleChoiceResult? Exam, SpeedResult Speed);
