using Geobuk.Inference.Sampling;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>A request that passed every check.</summary>
internal sealed record GenerationJob(ServedModel Model, int[] Prompt, SamplingParameters Sampling, bool Stream, bool IncludeUsage, string Operation = "text_completion");
