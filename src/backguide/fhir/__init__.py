"""FHIR: the interview as a Questionnaire, its responses, and the finished guide.

Only commands that were given a FHIR file, or asked for one, import this.
"""
