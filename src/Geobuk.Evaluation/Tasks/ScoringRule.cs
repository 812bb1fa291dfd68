namespace Geobuk.Evaluation.Tasks;

/// <summary>How the log-likelihoods of the choices decide.</summary>
public enum ScoringRule
{
    /// <summary>acc: the largest sum over the choice's tokens.</summary>
    Sum,
    /// <summary>acc_norm: the largest sum divided by the choice's characters, so that long choices are not punished.</summary>
    PerCharacter,
}
