from apps.insights.models.refusal_tally import RefusalTally

__all__ = ["RefusalTally"]
